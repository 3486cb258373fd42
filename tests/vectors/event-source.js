// call
const it = new EventSource(at("events"));
it.onerror = () => it.close();
