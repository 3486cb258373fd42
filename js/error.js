/**
 * What went wrong, with a stable `code` (`room/what`) and, where it is about a document, a
 * call or markup, the `path` of the place. It never carries anything a person entered.
 */
export class PrivacyError extends Error {
  constructor(code, path = '', faults) {
    super(path ? `${code} at ${path}` : code);
    this.name = 'PrivacyError';
    this.code = code;
    this.path = path;
    /** Every fault of a document, where there are several: `{code, path, says}`. */
    this.faults = faults;
  }
}
