/**
 * A channel that shows the incidents to people. It watches {@link IncidentsPort} and keeps what it has shown under its
 * own name, so several stand side by side and none knows of another.
 */
export interface Notifier {
  /** Begins; what changed while nobody was there is sent first. */
  start(): void
  /** Begins nothing more, and waits a little for what is under way. */
  stop(): Promise<void>
}
