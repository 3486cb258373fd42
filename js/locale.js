// Which language is shown, and how numbers are written in it.

/** The person's own way of writing numbers and dates, if it is in the language that is shown. */
export const localeOf = (lang) => navigator.languages?.find((it) => it.split('-')[0] === lang.split('-')[0]) ?? lang;

/** The best of `available` languages for the tag `wanted`, if any. */
export const match = (wanted, available) => available.find((it) => it === wanted) || available.find((it) => it.split('-')[0] === wanted.split('-')[0]);

export const directionOf = (lang) => (/^(ar|fa|he|ur)/.test(lang) ? 'rtl' : 'ltr');
