// call
new Image().src = at("pixel.gif");
