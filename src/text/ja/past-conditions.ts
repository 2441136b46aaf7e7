import type { pastConditions as source } from '../en/past-conditions.ts'

/** Past conditions in Japanese. */
export const pastConditions = {
  'past.bot-blind': 'どのノードにも接続できない状態でした。原因は ocm の側にあった可能性が高いです。',
  'past.node-unreachable': 'ノードに SSH で到達できない状態でした。',
  'past.node-slow': 'ノードは応答していましたが、遅くて読み取れませんでした。',
  'past.host-key-changed': 'ノードのホスト鍵が変わっていたため、ocm は接続しませんでした。',
  'past.service-down': 'ゲートウェイが停止していました。',
  'past.service-missing': 'ゲートウェイが停止しており、何が動かすのかも不明でした。',
  'past.system-service-down': 'ゲートウェイが停止していました。ユニット[ {unit} ]はシステムのものでした。',
  'past.crash-looping': 'ゲートウェイがクラッシュと起動を繰り返していました。',
  'past.config-invalid': 'OpenClaw の設定が正しくありませんでした[：{path}]。',
  'past.agent-deleted':
    'OpenClaw が起動しませんでした：削除済みのエージェント「{agent}」が手作業で戻されていました。',
  'past.not-serving': 'サービスは動作していましたが、ゲートウェイが応答していませんでした。',
  'past.suspect-answers':
    '撤去または別のノードへの復元のときに応答しなかったノードが、再び応答していました。',
  'past.process-silent': 'ゲートウェイがユニットなしで動いていましたが、応答していませんでした。',
  'past.port-silent':
    'サービスは動作していましたが、ゲートウェイのポート[ {port:digits} ]で待ち受けていませんでした。',
  'past.not-watched':
    'ゲートウェイは稼働していましたが、ocm はセッションを読み取れませんでした。その間、コンテキストは監視されていませんでした。',
  'past.watch-timed-out':
    'ゲートウェイは稼働していましたが、セッションの一覧が時間内に返りませんでした。その間、コンテキストは監視されていませんでした。',
  'past.too-many-alerts':
    'このノードのセッションのアラートが多すぎました（{count} 件）[（表示は {shown} 件）]。',
  'past.context-overflow':
    'プロバイダーがエージェント {agent} のプロンプトを拒否しました。コンテキストに収まらなくなっていました。',
  'past.context-full':
    'エージェント {agent} のコンテキストは満杯で、次のターンは拒否されるところでした[（使用 {used}、予約 {reserve}、ウィンドウ {window} トークン）]。',
  'past.context-level':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達していました[（残りは {headroom} トークンでした）]。',
  'past.headroom-short':
    'エージェント {agent} の残りは {headroom} トークンだけで、このセッションの 1 ターンは {turn} トークンに達することがありました。',
  'past.time-left':
    'そのペースでは、エージェント {agent} のコンテキストは {fromMinutes}〜{toMinutes} 分後に満杯になるところでした。',
  'past.compaction-failed': 'エージェント {agent} の圧縮に失敗し、ターンを救えませんでした。',
  'past.compaction-missed':
    'OpenClaw はエージェント {agent} を {point} トークンで圧縮するはずでしたが、実行しませんでした。使用量は {used} トークンでした。',
  'past.compaction-looping':
    'OpenClaw は 1 時間にエージェント {agent} を {count} 回圧縮しましたが、ほとんど減りませんでした。',
  'past.runaway':
    '人の発言がないまま、{turns} ターンでエージェント {agent} のコンテキストが {rise} トークン増えました。',
  'past.compaction-ahead':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達していました。上限の設定により、{point} トークンから OpenClaw が圧縮する状態でした。',
  'past.disk-full': 'ディスク使用率が {percent:percent} に達していました[（空き {freeBytes:bytes}）]。',
  'past.memory-full': 'メモリ使用率が {percent:percent} に達していました[（利用可能 {freeBytes:bytes}）]。',
  'past.load-high': '負荷が高くなっていました（CPU {cpus} 個に対して {load}）。',
  'past.restarts-rising': 'サービスが意図せず再起動していました[（再起動 {before} → {now} 回）]。',
  'past.clock-skew': 'ノードの時計が {seconds} 秒ずれていました。',
  'past.linger-off': 'ログインユーザーがログアウトすると、ゲートウェイが停止する状態でした。',
  'past.channel-down': 'チャンネル {channel}[（{account}）]が切断されていました。',
  'past.gateway-unhealthy': 'ゲートウェイ自身が問題を報告していました。',
  'past.version-behind': 'OpenClaw {version} は、フリート内の最新版 {newest} より古いバージョンでした。',
  'past.port-moved':
    'ゲートウェイのポートは {found:digits} でしたが、レジストリでは {registered:digits} でした。',
  'past.counters-unknown': 'コンテキストの使用量が不明なセッションがありました[（{count} 件）]。',
  'past.backups-unreadable': 'バックアップの保管先を読めず、定期バックアップを行いませんでした。',
  'past.backups-no-room':
    'バックアップ用ディスクの空きが足りず、定期バックアップを行いませんでした[（空き {free:bytes}、残すべき空き {floor:bytes}）]。',
  'past.backup-stale':
    'ノードに新しいバックアップがありませんでした[（最後の検証済みバックアップは {age:duration} 以上前、間隔は {every:duration}）]。',
  'past.backup-unrestorable': 'ノードの直近の復元テストに失敗していました。',
  'past.backup-failed': 'ノードの定期バックアップに失敗していました。',
  'past.copies-failing': 'バックアップを外部へ複製できませんでした[（{target}：{why@offsite-problem}）]。',
  'past.state-unknown': 'ノードには到達しましたが、状態を判断できませんでした。',
} as const satisfies Record<keyof typeof source, string>
