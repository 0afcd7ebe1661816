// What a page does beyond links and forms. Every page works without it.
"use strict";
