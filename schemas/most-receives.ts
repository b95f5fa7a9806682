/** Receives before a message becomes a dead letter: more than a person restarts a consumer in one go. */
export const MOST_RECEIVES = 20;
