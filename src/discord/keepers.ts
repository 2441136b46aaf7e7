import type { Client } from 'discord.js'
import type { Endings } from '../base/endings.ts'
import type { Locale } from '../base/locale.ts'
import type { ChannelDeliveries } from '../incidents/deliveries.ts'
import type { Context } from '../operations/context.ts'
import type { Store } from '../store/store.ts'
import { DiscordNotifier } from './alerts/notifier.ts'
import { ApprovalKeeper } from './approval-keeper.ts'
import { BackupDigestKeeper, type DigestTime } from './backup-digest-keeper.ts'
import { BoardKeeper } from './board-keeper.ts'
import type { CommandIds } from './ink.ts'

/** What keeps messages in the channel as things are: incidents, the board, requests for approval, the digest of backups. */
export interface Keepers {
  notifier: DiscordNotifier
  start(): void
}

/** Makes them; each is ended with `endings`. @throws what the store throws */
export async function openKeepers(options: {
  context: Context
  store: Store
  deliveries: ChannelDeliveries
  channelId: string
  roleId: string | null
  /** Null: the digest of backups is never told. */
  backupDigest: DigestTime | null
  locale: Locale
  client(): Client<true> | null
  commandIds(): CommandIds
  endings: Endings
}): Promise<Keepers> {
  const { store, deliveries, channelId, roleId, backupDigest, endings, ...shown } = options
  const notifier = new DiscordNotifier({ ...shown, deliveries, channelId, roleId })
  endings.add(() => notifier.stop())
  const boardKeeper = new BoardKeeper({ ...shown, alertChannelId: channelId })
  endings.add(() => boardKeeper.stop())
  const approvalKeeper = await ApprovalKeeper.open({ ...shown, store, channelId, roleId })
  endings.add(() => approvalKeeper.stop())
  const digestKeeper =
    backupDigest && new BackupDigestKeeper({ ...shown, store, channelId, at: backupDigest })
  if (digestKeeper !== null) endings.add(() => digestKeeper.stop())
  return {
    notifier,
    start() {
      notifier.start()
      boardKeeper.start()
      approvalKeeper.start()
      digestKeeper?.start()
    },
  }
}
