// What code can find out about the platform's own functions: each line has to say the same with the
// guards as without.
(() => {
  const say = (call) => {
    try {
      const value = call();
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };
  const shape = (owner, name) => {
    const slot = Object.getOwnPropertyDescriptor(owner, name);
    const of = (it) => it && [it.name, it.length, String(it), Object.hasOwn(it, 'prototype'), Object.getOwnPropertyNames(it).sort()];
    return slot && { ...slot, value: of(slot.value), get: of(slot.get), set: of(slot.set) };
  };
  const out = {};
  const methods = {
    window: [window, ['fetch', 'open', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'RTCPeerConnection', 'Image', 'Audio', 'FontFace', 'localStorage', 'sessionStorage', 'WebTransport']],
    Node: [Node.prototype, ['appendChild', 'insertBefore', 'replaceChild', 'textContent', 'cloneNode']],
    Element: [Element.prototype, ['setAttribute', 'setAttributeNS', 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'append', 'attachShadow', 'before', 'setAttributeNode']],
    Document: [Document.prototype, ['createElement', 'createElementNS', 'write', 'importNode', 'cookie']],
    HTMLImageElement: [HTMLImageElement.prototype, ['src', 'srcset', 'constructor']],
    HTMLScriptElement: [HTMLScriptElement.prototype, ['src']],
    HTMLIFrameElement: [HTMLIFrameElement.prototype, ['src', 'srcdoc', 'contentWindow', 'contentDocument']],
    HTMLLinkElement: [HTMLLinkElement.prototype, ['href', 'rel']],
    XMLHttpRequest: [XMLHttpRequest.prototype, ['open', 'send', 'constructor']],
    WebSocket: [WebSocket.prototype, ['send', 'close', 'constructor']],
    Navigator: [Navigator.prototype, ['sendBeacon', 'serviceWorker']],
    Storage: [Storage.prototype, ['getItem', 'setItem', 'removeItem', 'length', 'clear']],
    CSSStyleSheet: [CSSStyleSheet.prototype, ['insertRule', 'replaceSync']],
    CSSStyleDeclaration: [CSSStyleDeclaration.prototype, ['setProperty', 'cssText']],
    Range: [Range.prototype, ['createContextualFragment', 'insertNode']],
    Function: [Function.prototype, ['toString']],
    IDBFactory: [IDBFactory.prototype, ['open']],
  };
  for (const [name, [owner, list]] of Object.entries(methods)) {
    for (const it of list) out[`${name}.${it}`] = say(() => shape(owner, it));
    out[`names of ${name}`] = name === 'window' ? '' : say(() => Object.getOwnPropertyNames(owner).sort());
  }
  const probes = {
    noChild: () => document.body.appendChild(),
    wrongChild: () => document.body.appendChild({}),
    illegal: () => Node.prototype.appendChild.call({}, document.createElement('p')),
    illegalGetter: () => Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML').get.call({}),
    notNew: () => WebSocket('ws://127.0.0.1/'),
    newFetch: () => new fetch('/'),
    xhrUnopened: () => new XMLHttpRequest().send(),
    badSocket: () => new WebSocket('ws://a:b:c'),
    badFrame: () => document.createElement('iframe').setAttribute('1', 'a'),
    image: () => [new Image(3, 4).width, new Image() instanceof HTMLImageElement, Image.prototype === HTMLImageElement.prototype, new Image().constructor === HTMLImageElement],
    audio: () => [new Audio() instanceof HTMLAudioElement, new Audio('/own.mp3').getAttribute('src'), new Audio().preload],
    subclass: () => {
      class Mine extends XMLHttpRequest { mine() { return 1; } }
      const it = new Mine();
      return [it.mine(), it instanceof XMLHttpRequest, it.constructor === Mine, Mine.name, Object.getPrototypeOf(Mine) === XMLHttpRequest];
    },
    constants: () => [WebSocket.OPEN, XMLHttpRequest.DONE, EventSource.CLOSED],
    answers: () => {
      const p = document.createElement('p');
      const q = document.createElement('q');
      return [p.appendChild(q) === q, p.append(q), p.insertBefore(document.createElement('a'), q).localName, p.setAttribute('a', 'b'), p.insertAdjacentElement('beforeend', q) === q, p.attachShadow === q.attachShadow];
    },
    markup: () => {
      const p = document.createElement('p');
      p.innerHTML = '<img src="/own.svg" alt=a><b>c</b>';
      return [p.innerHTML, p.firstChild.src === new URL('/own.svg', location).href, p.textContent];
    },
    own: () => {
      const it = document.createElement('script');
      it.src = '/own.js?1';
      return [it.outerHTML, it.src, it.getAttribute('src'), it.getAttributeNames()];
    },
    storage: () => {
      localStorage.probe = '1';
      const seen = [localStorage.probe, localStorage.getItem('probe'), 'probe' in localStorage, Object.keys(localStorage).includes('probe'), localStorage instanceof Storage, '' + localStorage, localStorage === window.localStorage, localStorage.none, localStorage.getItem('none')];
      delete localStorage.probe;
      return [...seen, localStorage.probe === undefined];
    },
    cookie: () => {
      document.cookie = 'probe=1';
      const seen = /probe=1/.test(document.cookie);
      document.cookie = 'probe=;Max-Age=0';
      return [seen, /probe/.test(document.cookie)];
    },
    toString: () => [Function.prototype.toString.toString(), fetch.toString.call(fetch), `${Element.prototype.setAttribute}`, Function.prototype.toString.call(class A {})],
    strings: () => [Object.prototype.toString.call(fetch), Object.prototype.toString.call(new XMLHttpRequest()), Object.prototype.toString.call(localStorage), typeof fetch, typeof WebSocket],
    frame: () => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const win = frame.contentWindow;
      const seen = [win.fetch !== fetch, '' + win.fetch === '' + fetch, win.document.body.appendChild(win.document.createElement('p')).localName, win.Image.prototype === win.HTMLImageElement.prototype];
      frame.remove();
      return seen;
    },
    extra: () => Object.getOwnPropertyNames(window).filter((it) => !/mixusPrivacyGuard|dataLayer|gtag|privacy|news|errors|allowed|started|probe|^\d+$/.test(it)).sort(),
  };
  for (const [name, call] of Object.entries(probes)) out[name] = say(call);
  window.probe = out;
})();
