/** Who did it, where a restored backup had forgotten that it was done. */
export const RESTORE = 'system:restore'
