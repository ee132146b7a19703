/** Limits of every source; those that a source may set are in `DEFAULT_SOURCE_SETTINGS`. */
export const COLLECTION_LIMITS = {
  /**
   * Object members and array elements of one event, at every depth. From the Segment contract:
   * https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
   */
  eventProperties: 10_000,
  /** Objects and arrays inside one another, the event itself included. */
  eventDepth: 64,
  eventNameChars: 200,
  campaignChars: 100,
} as const
