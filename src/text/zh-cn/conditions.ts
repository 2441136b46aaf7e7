import type { conditions as source } from '../en/conditions.ts'

/** Conditions in Simplified Chinese. */
export const conditions = {
  'condition.bot-blind': 'ocm 连一个节点都无法连接，问题很可能出在 ocm 自己一侧。',
  'condition.bot-blind.next': '请检查运行 ocm 的机器的网络和 SSH 密钥。',
  'condition.node-unreachable': '无法通过 SSH 连接节点。',
  'condition.node-unreachable.next': '请确认机器已开机，再检查地址、端口和防火墙。',
  'condition.node-slow': '节点有响应，但太慢，无法读取：不知道其网关是否在提供服务。',
  'condition.node-slow.next':
    '请在机器上查看是什么使其繁忙。如果线路一直很慢，请调大 OCM_CONNECT_TIMEOUT_MS 和 OCM_LIST_DEADLINE_MS。',
  'condition.host-key-changed': '该节点的主机密钥已改变；ocm 不会连接。',
  'condition.host-key-changed.next': '如果机器重装过，请用 {/node trust} 批准新密钥；否则请按攻击处理。',
  'condition.service-down': '网关没有运行。',
  'condition.service-down.next': '请查看 {/node logs}，然后用 {/node restart} 启动。',
  'condition.service-missing': '网关没有运行，也不知道由什么来运行它。',
  'condition.service-missing.next':
    '请按该机器上的方式启动它：容器或进程管理器。如果由某个单元运行，请用 {/node edit} 指定。',
  'condition.system-service-down': '网关没有运行；其单元[ {unit} ]属于系统。',
  'condition.system-service-down.next':
    '请查看 {/node logs}。登录用户有权限时可用 {/node restart} 启动；否则请在机器上执行“sudo systemctl start[ {unit}]”。',
  'condition.crash-looping': '网关反复崩溃并重新启动。',
  'condition.crash-looping.next': '请在 {/node logs} 中查找原因；仅重启无济于事。',
  'condition.config-invalid': 'OpenClaw 配置无效[：{path}]。',
  'condition.config-invalid.next': '请在节点上运行“openclaw doctor”，修正文件后重启。',
  'condition.agent-deleted': 'OpenClaw 无法启动：已删除的智能体“{agent}”被手动放回。',
  'condition.agent-deleted.next':
    '请在节点上从 openclaw.json 中删除该智能体的条目及其绑定，并把 agents/{agent} 移出 OpenClaw 目录，然后用 {/node restart} 重启。若要恢复它，请先用 {/bot add} 重新创建。',
  'condition.not-serving': '服务在运行，但网关没有提供服务。',
  'condition.not-serving.next': '请查看 {/node logs}；如果持续超过一分钟，请用 {/node restart} 重启。',
  'condition.suspect-answers':
    '曾要下线或恢复到别处、但当时没有响应的节点又响应了：它可能仍带着原有的一切在运行。',
  'condition.suspect-answers.next': '请再次运行 {/node decommission}。',
  'condition.process-silent': '网关在没有单元的情况下运行，且没有提供服务。',
  'condition.process-silent.next': '请查看 {/node logs}，然后在机器上重新启动其容器或进程：ocm 无法代劳。',
  'condition.port-silent': '服务处于活动状态，但网关端口[ {port:digits} ]上没有监听。',
  'condition.port-silent.next': '请检查配置中的 gateway.port 和 {/node logs}，然后重启。',
  'condition.not-watched': '网关在提供服务，但 ocm 无法读取其会话：目前无人监控这些上下文。',
  'condition.not-watched.next': '请检查节点上的 gateway.auth 和 OpenClaw 版本；修复之前，请直接查看会话。',
  'condition.watch-timed-out': '网关在提供服务，但没有及时返回会话列表：目前无人监控这些上下文。',
  'condition.watch-timed-out.next':
    '请在 {/node status} 中查看是什么占用了机器。ocm 会在下次检查时重新读取。',
  'condition.too-many-alerts': '该节点的会话告警过多：{count} 个[，显示 {shown} 个]。',
  'condition.too-many-alerts.next': '请在 {/session list} 中查看该节点：网关可能有故障，或会话数量需要限制。',
  'condition.context-overflow': '提供商拒绝了智能体 {agent} 的提示：已经放不下了。',
  'condition.context-overflow.next': '请压缩会话 {session}，或开始新会话。“预防”可避免再次发生。',
  'condition.context-full':
    '智能体 {agent} 的上下文已满，下一回合将被拒绝[（已用 {used}，预留 {reserve}，窗口 {window} token）]。',
  'condition.context-full.next': '请立即压缩会话 {session}，或开始新会话。',
  'condition.context-level': '智能体 {agent} 已使用可用上下文的 {percent:percent}[，剩余 {headroom} token]。',
  'condition.context-level.next': '请在下一个长回合之前压缩会话 {session}，或开始新会话。',
  'condition.headroom-short':
    '智能体 {agent} 只剩 {headroom} token，而该会话的一个回合可能需要 {turn}：下一回合可能被拒绝。',
  'condition.headroom-short.next': '请在有人继续发言之前立即压缩会话 {session}。',
  'condition.time-left':
    '按目前的速度，智能体 {agent} 的上下文将在 {fromMinutes} 到 {toMinutes} 分钟内占满。',
  'condition.time-left.next': '请在此之前压缩会话 {session}，或查明增长的原因。',
  'condition.compaction-failed': '智能体 {agent} 的压缩失败，该回合未能挽回。',
  'condition.compaction-failed.next': '请开始新会话来代替 {session}；对话记录会保留。',
  'condition.compaction-missed':
    'OpenClaw 本应在 {point} token 时压缩智能体 {agent}，却没有执行；目前已用 {used}。',
  'condition.compaction-missed.next': '请手动压缩会话 {session}。“预防”会让 OpenClaw 今后及时压缩。',
  'condition.compaction-looping': 'OpenClaw 一小时内压缩了智能体 {agent} {count} 次，几乎没有效果。',
  'condition.compaction-looping.next': '剩余内容已无法继续摘要，请开始新会话来代替 {session}。',
  'condition.runaway':
    '在没有人发言的情况下，智能体 {agent} 的上下文在 {turns} 个回合内增长了 {rise} token。',
  'condition.runaway.next': '请查看智能体在会话 {session} 中做什么；停止其定时任务，或开始新会话。',
  'condition.compaction-ahead':
    '智能体 {agent} 已使用可用上下文的 {percent:percent}；已设置上限，OpenClaw 会从 {point} token 起压缩。',
  'condition.compaction-ahead.next': '无需处理；如果届时 OpenClaw 没有压缩，ocm 会发出提醒。',
  'condition.disk-full': '磁盘已使用 {percent:percent}[，剩余 {freeBytes:bytes}]。',
  'condition.disk-full.next': '请腾出空间：磁盘占满会使 OpenClaw 丢失数据。请检查旧日志和备份。',
  'condition.memory-full': '内存已使用 {percent:percent}[，可用 {freeBytes:bytes}]。',
  'condition.memory-full.next': '请找出占用最大的进程；如果是网关，请重启它。',
  'condition.load-high': '负载偏高：{cpus} 个 CPU 上为 {load}。',
  'condition.load-high.next': '请查看机器上正在运行什么。',
  'condition.restarts-rising': '服务在未经操作的情况下重启[（重启次数 {before} → {now}）]。',
  'condition.restarts-rising.next': '请在 {/node logs} 中查找崩溃记录。',
  'condition.clock-skew': '节点时钟偏差 {seconds} 秒。',
  'condition.clock-skew.next': '请在节点上启用时间同步（systemd-timesyncd 或 chrony）。',
  'condition.linger-off': '登录用户退出后网关会停止。',
  'condition.linger-off.next': '请在节点上为登录用户执行“loginctl enable-linger”。',
  'condition.channel-down': '频道 {channel}[（{account}）]未连接。',
  'condition.channel-down.next': '请检查该频道的令牌和网络。',
  'condition.gateway-unhealthy': '网关报告自身存在问题。',
  'condition.gateway-unhealthy.next': '请查看下面的内容，再查看 {/node logs}。',
  'condition.version-behind': 'OpenClaw {version} 低于集群中的最新版本 {newest}。',
  'condition.version-behind.next': '请安排升级该节点。',
  'condition.port-moved': '网关在端口 {found:digits} 上，而登记册中是 {registered:digits}。',
  'condition.port-moved.next': '请用 {/node edit} 把网关端口改为 {found:digits}。',
  'condition.counters-unknown': '部分会话的上下文用量未知[（{count} 个会话）]。',
  'condition.counters-unknown.next': '智能体进行下一回合时会重新计数。',
  'condition.backups-unreadable': '无法读取备份存储，因此不知道哪些节点有备份；暂不执行定时备份。',
  'condition.backups-unreadable.next': '请检查 ocm 数据文件夹中的备份文件夹：磁盘、所有者和权限。',
  'condition.backups-no-room':
    '存放备份的磁盘空间不足，暂不执行定时备份[：剩余 {free:bytes}，须保留 {floor:bytes}]。',
  'condition.backups-no-room.next': '请在运行 ocm 的机器上释放空间，或删除旧备份。之后定时备份会自动恢复。',
  'condition.backup-stale':
    '节点没有足够新的备份[：最近一次已验证的备份距今超过 {age:duration}，应每 {every:duration} 备份一次]。',
  'condition.backup-stale.next':
    '请运行 {/node backup}，看看是什么阻碍了备份。下一次备份通过验证后即恢复正常。',
  'condition.backup-unrestorable': '节点最近一次恢复演练失败：备份无法完整解包，或其中的数据库有问题。',
  'condition.backup-unrestorable.next':
    '请用 {/node backup} 创建新备份，再用 {/node backup-drill} 试验。并检查运行 ocm 的机器的磁盘。',
  'condition.backup-failed': '节点的定时备份失败；ocm 会自动重试。',
  'condition.backup-failed.next':
    '如果持续失败，请运行 {/node backup} 查看原因。下一次备份通过验证后即恢复正常。',
  'condition.copies-failing':
    '备份无法复制到异地[：{target}，{why@offsite-problem}]，目前只存放在运行 ocm 的机器上。',
  'condition.copies-failing.next':
    '请检查异地存储、其访问密钥和剩余空间（可用 ocm doctor 查看）。ocm 会自动重试，所有节点的最新备份都复制完成后即恢复。',
  'condition.state-unknown': '已连上节点，但无法判断其状态。',
  'condition.state-unknown.next': '请重试；如果持续如此，请检查机器本身。',
} as const satisfies Record<keyof typeof source, string>
