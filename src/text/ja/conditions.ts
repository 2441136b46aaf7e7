import type { conditions as source } from '../en/conditions.ts'

/** Conditions in Japanese. */
export const conditions = {
  'condition.bot-blind': 'どのノードにも接続できません。原因は ocm の側にある可能性が高いです。',
  'condition.bot-blind.next': 'ocm が動いているマシンのネットワークと SSH 鍵を確認してください。',
  'condition.node-unreachable': 'ノードに SSH で到達できません。',
  'condition.node-unreachable.next':
    'マシンが動いているか、次にアドレス・ポート・ファイアウォールを確認してください。',
  'condition.node-slow':
    'ノードは応答していますが、遅くて読み取れません。ゲートウェイが稼働しているかは分かりません。',
  'condition.node-slow.next':
    'マシンの負荷の原因を確認してください。回線がいつも遅い場合は OCM_CONNECT_TIMEOUT_MS と OCM_LIST_DEADLINE_MS を大きくしてください。',
  'condition.host-key-changed': 'ノードのホスト鍵が変わりました。ocm は接続しません。',
  'condition.host-key-changed.next':
    'マシンを再インストールした場合は {/node trust} で新しい鍵を承認し、そうでなければ攻撃として扱ってください。',
  'condition.service-down': 'ゲートウェイが動いていません。',
  'condition.service-down.next': '{/node logs} を読み、{/node restart} で起動してください。',
  'condition.service-missing': 'ゲートウェイが動いていません。何が動かすのかも分かりません。',
  'condition.service-missing.next':
    'コンテナやプロセスマネージャーなど、そのマシンでの方法で起動してください。ユニットが動かしている場合は {/node edit} で指定してください。',
  'condition.system-service-down': 'ゲートウェイが動いていません。ユニット[ {unit} ]はシステムのものです。',
  'condition.system-service-down.next':
    '{/node logs} を読んでください。権限があれば {/node restart} で起動できます。なければマシン上で「sudo systemctl start[ {unit}]」を実行してください。',
  'condition.crash-looping': 'ゲートウェイがクラッシュと起動を繰り返しています。',
  'condition.crash-looping.next': '{/node logs} で原因を調べてください。再起動だけでは解決しません。',
  'condition.config-invalid': 'OpenClaw の設定が正しくありません[：{path}]。',
  'condition.config-invalid.next':
    'ノードで「openclaw doctor」を実行し、ファイルを修正してから再起動してください。',
  'condition.agent-deleted':
    'OpenClaw が起動しません：削除済みのエージェント「{agent}」が手作業で戻されています。',
  'condition.agent-deleted.next':
    'ノード上で openclaw.json からこのエージェントの項目と割り当てを取り除き、agents/{agent} を OpenClaw のフォルダーの外へ移してから、{/node restart} で再起動してください。元に戻すには、まず {/bot add} で作り直してください。',
  'condition.not-serving': 'サービスは動作中ですが、ゲートウェイが応答していません。',
  'condition.not-serving.next':
    '{/node logs} を確認してください。1 分以上続く場合は {/node restart} で再起動してください。',
  'condition.suspect-answers':
    '撤去しようとしたときに応答しなかったノードが、再び応答しています。元のまま動いている可能性があります。',
  'condition.suspect-answers.next': '{/node decommission} をもう一度実行してください。',
  'condition.process-silent': 'ゲートウェイがユニットなしで動いていますが、応答していません。',
  'condition.process-silent.next':
    '{/node logs} を読み、マシン上でコンテナまたはプロセスを起動し直してください。ocm からはできません。',
  'condition.port-silent':
    'サービスは動作中ですが、ゲートウェイのポート[ {port:digits} ]で待ち受けていません。',
  'condition.port-silent.next': '設定の gateway.port と {/node logs} を確認し、再起動してください。',
  'condition.not-watched':
    'ゲートウェイは稼働していますが、ocm はセッションを読み取れません。コンテキストは誰にも監視されていません。',
  'condition.not-watched.next':
    'ノードの gateway.auth と OpenClaw のバージョンを確認してください。直るまでは、セッションを直接確認してください。',
  'condition.watch-timed-out':
    'ゲートウェイは稼働していますが、セッションの一覧が時間内に返りませんでした。コンテキストは誰にも監視されていません。',
  'condition.watch-timed-out.next':
    '{/node status} で、マシンの負荷の原因を確認してください。ocm は次の確認時にもう一度問い合わせます。',
  'condition.too-many-alerts':
    'このノードのセッションのアラートが多すぎます（{count} 件）[（表示は {shown} 件）]。',
  'condition.too-many-alerts.next':
    '{/session list} でノードを確認してください。ゲートウェイの故障、またはセッション数の制限が必要な可能性があります。',
  'condition.context-overflow':
    'プロバイダーがエージェント {agent} のプロンプトを拒否しました。もう収まりません。',
  'condition.context-overflow.next':
    'セッション {session} を圧縮するか、新しく始めてください。「予防」で再発を防げます。',
  'condition.context-full':
    'エージェント {agent} のコンテキストが満杯です。次のターンは拒否されます[（使用 {used}、予約 {reserve}、ウィンドウ {window} トークン）]。',
  'condition.context-full.next':
    '今すぐセッション {session} を圧縮するか、新しいセッションを始めてください。',
  'condition.context-level':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達しています[（残り {headroom} トークン）]。',
  'condition.context-level.next':
    '次の長いターンの前に、セッション {session} を圧縮するか、新しく始めてください。',
  'condition.headroom-short':
    'エージェント {agent} の残りは {headroom} トークンだけです。このセッションの 1 ターンは {turn} トークンに達することがあり、次のターンは拒否されるおそれがあります。',
  'condition.headroom-short.next': '誰かが書き込む前に、今すぐセッション {session} を圧縮してください。',
  'condition.time-left':
    'このペースでは、エージェント {agent} のコンテキストはあと {fromMinutes}〜{toMinutes} 分で満杯になります。',
  'condition.time-left.next': 'それまでにセッション {session} を圧縮するか、増加の原因を調べてください。',
  'condition.compaction-failed': 'エージェント {agent} の圧縮に失敗し、ターンを救えませんでした。',
  'condition.compaction-failed.next':
    'セッション {session} の代わりに新しいセッションを始めてください。会話の記録は残ります。',
  'condition.compaction-missed':
    'OpenClaw はエージェント {agent} を {point} トークンで圧縮するはずでしたが、実行しませんでした。現在 {used} トークンです。',
  'condition.compaction-missed.next':
    'セッション {session} を手動で圧縮してください。「予防」を使うと、以後 OpenClaw が間に合うように圧縮します。',
  'condition.compaction-looping':
    'OpenClaw は 1 時間にエージェント {agent} を {count} 回圧縮しましたが、ほとんど減っていません。',
  'condition.compaction-looping.next':
    'これ以上は要約できません。セッション {session} の代わりに新しいセッションを始めてください。',
  'condition.runaway':
    '人の発言がないまま、{turns} ターンでエージェント {agent} のコンテキストが {rise} トークン増えました。',
  'condition.runaway.next':
    'セッション {session} でのエージェントの動作を確認し、スケジュールを止めるか、新しいセッションを始めてください。',
  'condition.compaction-ahead':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達しています。上限の設定により、OpenClaw が {point} トークンから圧縮します。',
  'condition.compaction-ahead.next':
    '対応は不要です。OpenClaw がそれまでに圧縮しない場合は、ocm が知らせます。',
  'condition.disk-full': 'ディスク使用率が {percent:percent} です[（空き {freeBytes:bytes}）]。',
  'condition.disk-full.next':
    '空きを増やしてください。満杯になると OpenClaw のデータが失われます。古いログとバックアップを確認してください。',
  'condition.memory-full': 'メモリ使用率が {percent:percent} です[（利用可能 {freeBytes:bytes}）]。',
  'condition.memory-full.next': '最も大きいプロセスを調べ、それがゲートウェイなら再起動してください。',
  'condition.load-high': '負荷が高くなっています（CPU {cpus} 個に対して {load}）。',
  'condition.load-high.next': 'マシンで何が動いているか確認してください。',
  'condition.restarts-rising': 'サービスが意図せず再起動しました[（再起動 {before} → {now} 回）]。',
  'condition.restarts-rising.next': '{/node logs} でクラッシュの有無を確認してください。',
  'condition.clock-skew': 'ノードの時計が {seconds} 秒ずれています。',
  'condition.clock-skew.next': 'ノードで時刻同期（systemd-timesyncd または chrony）を有効にしてください。',
  'condition.linger-off': 'ログインユーザーがログアウトすると、ゲートウェイが停止します。',
  'condition.linger-off.next':
    'ノードでログインユーザーに対して「loginctl enable-linger」を実行してください。',
  'condition.channel-down': 'チャンネル {channel}[（{account}）]が接続されていません。',
  'condition.channel-down.next': 'チャンネルのトークンとネットワークを確認してください。',
  'condition.gateway-unhealthy': 'ゲートウェイ自身が問題を報告しています。',
  'condition.gateway-unhealthy.next': '下の内容を確認し、続けて {/node logs} を確認してください。',
  'condition.version-behind': 'OpenClaw {version} は、フリート内の最新版 {newest} より古いバージョンです。',
  'condition.version-behind.next': 'このノードの更新を計画してください。',
  'condition.port-moved':
    'ゲートウェイのポートは {found:digits} ですが、レジストリでは {registered:digits} です。',
  'condition.port-moved.next': '{/node edit} でゲートウェイポートを {found:digits} に改めてください。',
  'condition.counters-unknown': 'コンテキストの使用量が不明なセッションがあります[（{count} 件）]。',
  'condition.counters-unknown.next': 'エージェントの次のターンで計測し直されます。',
  'condition.backups-unreadable':
    'バックアップの保管先を読めないため、どのノードにバックアップがあるか分かりません。定期バックアップは行いません。',
  'condition.backups-unreadable.next':
    'ocm のデータフォルダーにあるバックアップのフォルダーについて、ディスク、所有者、権限を確認してください。',
  'condition.backups-no-room':
    'バックアップ用ディスクの空きが足りないため、定期バックアップは行いません[（空き {free:bytes}、残すべき空き {floor:bytes}）]。',
  'condition.backups-no-room.next':
    'ocm が動くマシンの空き容量を増やすか、古いバックアップを削除してください。定期バックアップは自動で再開します。',
  'condition.backup-stale':
    'ノードに新しいバックアップがありません[（最後の検証済みバックアップは {age:duration} 以上前、間隔は {every:duration}）]。',
  'condition.backup-stale.next':
    '{/node backup} を実行し、何が妨げているか確認してください。次の検証済みバックアップで解消します。',
  'condition.backup-unrestorable':
    'ノードの直近の復元テストに失敗しました。バックアップを完全に展開できないか、中のデータベースに問題があります。',
  'condition.backup-unrestorable.next':
    '{/node backup} で新しいバックアップを作成し、{/node backup-drill} で試してください。ocm が動くマシンのディスクも確認してください。',
  'condition.backup-failed': 'ノードの定期バックアップに失敗しました。ocm が自動で再試行します。',
  'condition.backup-failed.next':
    '続く場合は {/node backup} を実行して原因を確認してください。次の検証済みバックアップで解消します。',
  'condition.copies-failing':
    'バックアップを外部へ複製できません[（{target}：{why@offsite-problem}）]。ocm が動くマシンにしかありません。',
  'condition.copies-failing.next':
    '保存先とそのアクセスキー、空き容量を確認してください（ocm doctor で確かめられます）。ocm は自動で再試行し、全ノードの最新バックアップが複製されると解消します。',
  'condition.state-unknown': 'ノードには到達しましたが、状態を判断できません。',
  'condition.state-unknown.next': 'もう一度お試しください。続く場合はマシン本体を確認してください。',
} as const satisfies Record<keyof typeof source, string>
