import type { keys as source } from '../en/keys.ts'

/** The key by which ocm logs in, in Simplified Chinese. */
export const keys = {
  'operation.restrict-key': '受限密钥',
  'cli.group.key': 'ocm 登录所用的密钥',
  'cli.command.key.restrict': '输出将节点上的密钥限制为 ocm 日常操作所需的内容',
  'cli.option.public-key': '从此文件读取公钥，- 表示从标准输入读取',
  'cli.key.restrict':
    '在节点 {node} 上放置一个只能查看、读取日志和重启的密钥。请以 ocm 的登录用户在该节点上运行。',
  'cli.key.without-program': '尚不清楚 {node} 上 OpenClaw 的位置：网关停止时，数据库中的会话将无法读取。',
  'cli.key.sshd':
    '须由 root 将以下内容写入 /etc/ssh/sshd_config.d/ocm.conf 并重新加载 sshd：仅靠密钥无法禁止转发到机器上的套接字。',
} as const satisfies Record<keyof typeof source, string>
