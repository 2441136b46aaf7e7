import type { backups as english } from '../en/backups.ts'

/** What is said of backups. */
export const backups = {
  'backup-problem.no-state': 'OpenClaw のディレクトリがありません',
  'backup-problem.forbidden': 'OpenClaw のディレクトリをログインユーザーが読めません',
  'backup-problem.no-gnu-tar': 'GNU tar がありません',
  'backup-problem.no-node': 'データベースを複製するための Node.js がありません',
  'backup-problem.no-room': 'データベースの複製を置く空き容量がディスクにありません',
  'backup-problem.no-list': 'ファイルの一覧を作れませんでした',
  'archive-problem.malformed': 'tar 形式ではありません',
  'archive-problem.cut-off': '途中で終わっています',
  'archive-problem.bad-name': 'ファイル名として使えない名前があります',
  'archive-problem.absolute-path': '絶対パスの項目があります',
  'archive-problem.climbs-out': 'フォルダーの外へ出る項目があります',
  'archive-problem.outside': '対象外の場所にある項目があります',
  'archive-problem.through-link': 'リンクを経由して書き込まれる項目があります',
  'archive-problem.duplicate': '同じ項目が二度あります',
  'archive-problem.hard-link': 'ハードリンクがあります',
  'archive-problem.special-file': 'デバイスまたはパイプがあります',
  'archive-problem.unknown-type': '未知の種類の項目があります',
  'archive-problem.sparse': 'スパースファイルがあります',
  'archive-problem.bad-size': 'ありえないサイズの項目があります',
  'archive-problem.too-large': '許容サイズを超えています',
  'archive-problem.too-many-entries': '項目数が上限を超えています',
  'archive-problem.name-too-long': '名前が長すぎる項目があります',
} as const satisfies Record<keyof typeof english, string>
