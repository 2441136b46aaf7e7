import type { Command } from '../src/discord/command.ts'
import ack from './alert/ack.ts'
import listAlerts from './alert/list.ts'
import mute from './alert/mute.ts'
import rule from './alert/rule.ts'
import snooze from './alert/snooze.ts'
import test from './alert/test.ts'
import unsnooze from './alert/unsnooze.ts'
import approve from './approval/approve.ts'
import emergency from './approval/emergency.ts'
import listApprovals from './approval/list.ts'
import refuse from './approval/refuse.ts'
import approvalRule from './approval/rule.ts'
import listAudit from './audit/list.ts'
import verifyAudit from './audit/verify.ts'
import copyBackup from './backup/copy.ts'
import fetchBackup from './backup/fetch.ts'
import boardOff from './board/off.ts'
import boardOn from './board/on.ts'
import shift from './board/shift.ts'
import addBot from './bot/add.ts'
import backupBot from './bot/backup.ts'
import listBots from './bot/list.ts'
import removeBot from './bot/remove.ts'
import restoreBot from './bot/restore.ts'
import fleetBackup from './fleet/backup.ts'
import fleetDrift from './fleet/drift.ts'
import fleetFix from './fleet/fix.ts'
import fleetLint from './fleet/lint.ts'
import fleetMaintenance from './fleet/maintenance.ts'
import fleetRestart from './fleet/restart.ts'
import fleetUpdate from './fleet/update.ts'
import fleetVersions from './fleet/versions.ts'
import add from './node/add.ts'
import undoAdd from './node/add-undo.ts'
import backup from './node/backup.ts'
import compareBackups from './node/backup-compare.ts'
import deleteBackup from './node/backup-delete.ts'
import downloadBackup from './node/backup-download.ts'
import drillBackup from './node/backup-drill.ts'
import verifyBackup from './node/backup-verify.ts'
import backups from './node/backups.ts'
import decommission from './node/decommission.ts'
import edit from './node/edit.ts'
import jump from './node/jump.ts'
import nodeLint from './node/lint.ts'
import list from './node/list.ts'
import logs from './node/logs.ts'
import maintenance from './node/maintenance.ts'
import register from './node/register.ts'
import remove from './node/remove.ts'
import restart from './node/restart.ts'
import restore from './node/restore.ts'
import retire from './node/retire.ts'
import status from './node/status.ts'
import trust from './node/trust.ts'
import unretire from './node/unretire.ts'
import update from './node/update.ts'
import compact from './session/compact.ts'
import listSessions from './session/list.ts'
import prevent from './session/prevent.ts'
import reset from './session/reset.ts'
import show from './session/show.ts'
import webLogin from './web/login.ts'

/** Every slash command, by name: a command that is not here does not exist. */
export const commands: readonly Command[] = [
  ...[list, status, restart, retire, unretire, maintenance, logs, register, edit, trust, remove, jump],
  ...[add, undoAdd],
  ...[listBots, addBot, removeBot, backupBot, restoreBot],
  ...[backup, backups, verifyBackup, drillBackup, compareBackups, deleteBackup, downloadBackup],
  ...[copyBackup, fetchBackup],
  restore,
  update,
  decommission,
  ...[
    fleetVersions,
    fleetDrift,
    fleetLint,
    nodeLint,
    fleetFix,
    fleetRestart,
    fleetUpdate,
    fleetBackup,
    fleetMaintenance,
  ],
  ...[listSessions, show, compact, reset, prevent],
  ...[listAlerts, ack, snooze, unsnooze, mute, rule, test],
  ...[listApprovals, approve, refuse, emergency, approvalRule],
  ...[boardOn, boardOff, shift],
  ...[listAudit, verifyAudit],
  webLogin,
]
