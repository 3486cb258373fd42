// What strict mode looks at, and where it keeps what it holds.

/** Elements that load something, and the attributes by which they do. */
export const TAGS = 'script iframe img source link video audio track embed object input image style'.split(' ');
export const LOADS = 'src srcset srcdoc href xlink:href imagesrcset poster data'.split(' ');
/** Where the value of an attribute is while it is held. */
export const HELD = 'data-held-';
export const SELECTOR = TAGS + ',[style*="url("],[attributionsrc]';
