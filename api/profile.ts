/** How this process serves, fixed at its start. */
export interface ApiProfile {
  /** Sessions that a batch gets unless the request says otherwise. */
  readonly sessions: number;
  /** Free bytes on the database's disk, as text, where this machine is the database's. */
  readonly freeBytes: () => string | undefined;
}
