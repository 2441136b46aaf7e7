import type { anomalies as source } from '../en/anomalies.ts'

/** Anomalies in Japanese. */
export const anomalies: Record<keyof typeof source, string> = {
  'anomaly.unreachable': 'ノードに SSH で到達できません。',
  'anomaly.unreachable.next':
    'マシンの稼働状況を確認し、続けてアドレス・ポート・ファイアウォールを確認してください。',
  'anomaly.service-down': 'ゲートウェイが動いていません。',
  'anomaly.service-down.next': '{/node logs} を確認し、{/node restart} で起動してください。',
  'anomaly.crash-looping': 'ゲートウェイがクラッシュと再起動を繰り返しています。',
  'anomaly.crash-looping.next': '再起動だけでは直りません。{/node logs} で原因を調べてください。',
  'anomaly.config-invalid': 'OpenClaw の設定が正しくありません[: {path}]。',
  'anomaly.config-invalid.next':
    'ノードで「openclaw doctor」を実行し、ファイルを修正してから再起動してください。',
  'anomaly.not-serving': 'サービスは動作中ですが、ゲートウェイが応答していません。',
  'anomaly.not-serving.next': '1 分以上続く場合は {/node logs} を確認し、再起動してください。',
  'anomaly.port-silent': 'サービスは動作中ですが、ゲートウェイのポート[ {port} ]で待ち受けていません。',
  'anomaly.port-silent.next': '設定の gateway.port と {/node logs} を確認し、再起動してください。',
  'anomaly.context-refused':
    'エージェント {agent} のコンテキストが満杯です。次のターンは拒否されます[(使用 {used}、予約 {reserve}、ウィンドウ {window} トークン)]。',
  'anomaly.context-refused.next':
    '今すぐセッション {session} を圧縮するか、新しいセッションを始めてください。',
  'anomaly.context-critical':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達しています[(残り {headroom} トークン)]。',
  'anomaly.context-critical.next':
    '次の長いターンの前に、セッション {session} を圧縮するか、新しく始めてください。',
  'anomaly.context-warning':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達しています[(残り {headroom} トークン)]。',
  'anomaly.context-warning.next': '近いうちにセッション {session} の圧縮を検討してください。',
  'anomaly.context-notice':
    'エージェント {agent} は使用可能なコンテキストの {percent:percent} に達しています[(残り {headroom} トークン)]。',
  'anomaly.context-notice.next': 'セッション {session} の推移に注意してください。',
  'anomaly.disk-critical': 'ディスク使用率が {percent:percent} です[(空き {freeBytes:bytes})]。',
  'anomaly.disk-critical.next':
    'ディスクが満杯になると OpenClaw のデータが失われます。古いログやバックアップを削除し、すぐに空きを確保してください。',
  'anomaly.disk-warning': 'ディスク使用率が {percent:percent} です[(空き {freeBytes:bytes})]。',
  'anomaly.disk-warning.next': '古いログやバックアップを削除するか、ディスクを拡張してください。',
  'anomaly.memory-critical': 'メモリ使用率が {percent:percent} です[(利用可能 {freeBytes:bytes})]。',
  'anomaly.memory-critical.next': '最も大きいプロセスを調べ、ゲートウェイであれば再起動してください。',
  'anomaly.memory-warning': 'メモリ使用率が {percent:percent} です[(利用可能 {freeBytes:bytes})]。',
  'anomaly.memory-warning.next': '推移に注意してください。ゲートウェイだけで約 1 GB を必要とします。',
  'anomaly.load-high': '負荷が高くなっています(CPU {cpus} 個に対して {load})。',
  'anomaly.load-high.next': 'マシンで何が動いているか確認してください。',
  'anomaly.restarts-rising': 'サービスが意図せず再起動しました[(再起動 {before} → {now} 回)]。',
  'anomaly.restarts-rising.next': '{/node logs} でクラッシュの有無を確認してください。',
  'anomaly.clock-skew': 'ノードの時計が {seconds} 秒ずれています。',
  'anomaly.clock-skew.next': 'ノードで時刻同期(systemd-timesyncd または chrony)を有効にしてください。',
  'anomaly.linger-off': 'ログインユーザーがログアウトすると、ゲートウェイが停止します。',
  'anomaly.linger-off.next': 'ノードでログインユーザーに対して「loginctl enable-linger」を実行してください。',
  'anomaly.channel-down': 'チャネル {channel}[({account})]が接続されていません。',
  'anomaly.channel-down.next': 'チャネルのトークンとネットワークを確認してください。',
  'anomaly.gateway-unhealthy': 'ゲートウェイ自身が問題を報告しています。',
  'anomaly.gateway-unhealthy.next': '下の内容を確認し、続けて {/node logs} を確認してください。',
  'anomaly.gateway-unreadable': 'ゲートウェイは稼働していますが、ocm から読み取れません。',
  'anomaly.gateway-unreadable.next': 'ノードの gateway.auth と OpenClaw のバージョンを確認してください。',
  'anomaly.version-behind': 'OpenClaw {version} は、フリート内の最新版 {newest} より古いバージョンです。',
  'anomaly.version-behind.next': 'このノードの更新を計画してください。',
  'anomaly.counters-unknown': 'コンテキストの使用量が不明なセッションがあります[({count} 件)]。',
  'anomaly.counters-unknown.next': 'エージェントの次のターンで計測し直されます。',
  'anomaly.state-unknown': 'ノードには到達しましたが、状態を判断できません。',
  'anomaly.state-unknown.next': 'もう一度お試しください。続く場合はマシン本体を確認してください。',
}
