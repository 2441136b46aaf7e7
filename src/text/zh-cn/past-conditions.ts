import type { pastConditions as source } from '../en/past-conditions.ts'

/** Past conditions in Simplified Chinese. */
export const pastConditions = {
  'past.bot-blind': '当时 ocm 连一个节点都无法连接，问题很可能出在 ocm 自己一侧。',
  'past.node-unreachable': '当时无法通过 SSH 连接该节点。',
  'past.host-key-changed': '当时该节点的主机密钥已改变，ocm 没有连接。',
  'past.service-down': '当时网关没有运行。',
  'past.service-missing': '当时网关没有运行，也不知道由什么来运行它。',
  'past.system-service-down': '当时网关没有运行；其单元[ {unit} ]属于系统。',
  'past.crash-looping': '当时网关反复崩溃并重新启动。',
  'past.config-invalid': '当时 OpenClaw 配置无效[：{path}]。',
  'past.agent-deleted': '当时 OpenClaw 无法启动：已删除的智能体“{agent}”被手动放回。',
  'past.not-serving': '当时服务在运行，但网关没有提供服务。',
  'past.suspect-answers': '曾要下线或恢复到别处、但当时没有响应的节点又响应过。',
  'past.process-silent': '当时网关在没有单元的情况下运行，且没有提供服务。',
  'past.port-silent': '当时服务处于活动状态，但网关端口[ {port:digits} ]上没有监听。',
  'past.not-watched': '当时网关在提供服务，但 ocm 无法读取其会话：这段时间无人监控这些上下文。',
  'past.watch-timed-out': '当时网关在提供服务，但没有及时返回会话列表：这段时间无人监控这些上下文。',
  'past.too-many-alerts': '当时该节点的会话告警过多：{count} 个[，显示 {shown} 个]。',
  'past.context-overflow': '提供商曾拒绝智能体 {agent} 的提示：当时已经放不下了。',
  'past.context-full':
    '当时智能体 {agent} 的上下文已满，下一回合会被拒绝[（已用 {used}，预留 {reserve}，窗口 {window} token）]。',
  'past.context-level': '当时智能体 {agent} 已使用可用上下文的 {percent:percent}[，剩余 {headroom} token]。',
  'past.headroom-short': '当时智能体 {agent} 只剩 {headroom} token，而该会话的一个回合可能需要 {turn}。',
  'past.time-left': '按当时的速度，智能体 {agent} 的上下文本会在 {fromMinutes} 到 {toMinutes} 分钟内占满。',
  'past.compaction-failed': '智能体 {agent} 的一次压缩失败，该回合未能挽回。',
  'past.compaction-missed':
    'OpenClaw 本应在 {point} token 时压缩智能体 {agent}，却没有执行；当时已用 {used}。',
  'past.compaction-looping': 'OpenClaw 曾在一小时内压缩智能体 {agent} {count} 次，几乎没有效果。',
  'past.runaway': '在没有人发言的情况下，智能体 {agent} 的上下文曾在 {turns} 个回合内增长了 {rise} token。',
  'past.compaction-ahead':
    '当时智能体 {agent} 已使用可用上下文的 {percent:percent}；由于设有上限，OpenClaw 会从 {point} token 起压缩。',
  'past.disk-full': '当时磁盘已使用 {percent:percent}[，剩余 {freeBytes:bytes}]。',
  'past.memory-full': '当时内存已使用 {percent:percent}[，可用 {freeBytes:bytes}]。',
  'past.load-high': '当时负载偏高：{cpus} 个 CPU 上为 {load}。',
  'past.restarts-rising': '服务曾在未经操作的情况下重启[（重启次数 {before} → {now}）]。',
  'past.clock-skew': '当时节点时钟偏差 {seconds} 秒。',
  'past.linger-off': '当时登录用户一退出，网关就会停止。',
  'past.channel-down': '当时频道 {channel}[（{account}）]未连接。',
  'past.gateway-unhealthy': '当时网关自身报告了问题。',
  'past.version-behind': '当时 OpenClaw {version} 低于集群中的最新版本 {newest}。',
  'past.port-moved': '网关曾在端口 {found:digits} 上，而登记册中是 {registered:digits}。',
  'past.counters-unknown': '当时有会话的上下文用量未知[（{count} 个）]。',
  'past.backups-unreadable': '当时无法读取备份存储，没有执行定时备份。',
  'past.backups-no-room':
    '当时存放备份的磁盘空间不足，没有执行定时备份[：剩余 {free:bytes}，须保留 {floor:bytes}]。',
  'past.backup-stale':
    '节点当时没有足够新的备份[：最近一次已验证的备份距今超过 {age:duration}，应每 {every:duration} 备份一次]。',
  'past.backup-unrestorable': '节点最近一次恢复演练曾失败。',
  'past.backup-failed': '节点的定时备份曾失败。',
  'past.copies-failing': '当时备份无法复制到异地[：{target}，{why@offsite-problem}]。',
  'past.state-unknown': '当时连接到了节点，但无法判断其状态。',
} as const satisfies Record<keyof typeof source, string>
