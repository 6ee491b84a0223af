// What was thrown is what is caught: an error becomes a record of plain parts, and a record becomes
// an error of the same class again. Both directions are pure; the wire writes the parts.

/**
 * The parts of an error, in the order in which they cross. `own` holds cause, errors, code and every
 * other own property; its values may be anything that can cross, errors among them.
 */
export type ErrorRecord = [className: string, name: string, message: string, stack: string, own: Record<string, unknown>];
