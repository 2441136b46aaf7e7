import type { Settings } from './config.ts'

/** What is told in the channel by itself, and whom it calls. */
export interface AlertsConfig {
  /** The role that is called when it is critical; null calls nobody. */
  roleId: string | null
  /** Minutes after midnight in a time zone (IANA name) between which only critical alerts are posted; null: never. */
  quietHours: { from: number; to: number; zone: string } | null
  /** Minute of the day in a time zone at which the channel is told how the backups stand; null: never. */
  backupDigest: { minute: number; zone: string } | null
}

/** Makes it of the settings; pure. */
export function alertsConfig({
  OCM_ALERT_ROLE,
  OCM_QUIET_HOURS,
  OCM_BACKUP_DIGEST,
  OCM_TIME_ZONE: zone,
}: Pick<
  Settings,
  'OCM_ALERT_ROLE' | 'OCM_QUIET_HOURS' | 'OCM_BACKUP_DIGEST' | 'OCM_TIME_ZONE'
>): AlertsConfig {
  return {
    roleId: OCM_ALERT_ROLE ?? null,
    quietHours: OCM_QUIET_HOURS === undefined ? null : { ...OCM_QUIET_HOURS, zone },
    backupDigest: OCM_BACKUP_DIGEST === null ? null : { minute: OCM_BACKUP_DIGEST, zone },
  }
}
