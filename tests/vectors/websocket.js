// call
new WebSocket(at("socket").replace("http", "ws"));
