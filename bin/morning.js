#!/usr/bin/env node
// Old syntax on purpose: this file must also run, and explain itself, on a Node that is too old.
var fs = require("fs");
var path = require("path");

var required = 24;
var root = path.join(__dirname, "..");
var own = path.join(root, "node_modules", "node", "bin", "node");

// The whole command again under the Node that the checkout brings along.
function runWith(node) {
  var args = process.execArgv.concat([__filename], process.argv.slice(2));
  // Marks the second run: should that Node be too old as well, it says so instead of starting again.
  var env = Object.assign({}, process.env, { MORNING_NODE: node });
  var child = require("child_process").spawn(node, args, { stdio: "inherit", env: env });
  function forward(signal) {
    process.on(signal, function () {
      // A terminal sends Ctrl-C to both processes; twice would mean "exit at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(forward);
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function tooOld() {
  console.error("morning needs Node " + required + " or later; this is " + process.version + ".");
  console.error("Install it, or run inside a checkout after npm ci, which brings its own.");
  process.exit(1);
}

function start() {
  var main = path.join(root, "dist", "cli", "main.js");
  if (!fs.existsSync(main)) {
    console.error("morning is not built: run npm run build.");
    process.exit(1);
  }
  require("module").enableCompileCache();
  process.argv[1] = main;
  import(require("url").pathToFileURL(main).href).catch(function (error) {
    console.error(error);
    process.exit(1);
  });
}

if (parseInt(process.versions.node, 10) >= required) start();
else if (fs.existsSync(own) && !process.env.MORNING_NODE) runWith(own);
else tooOld();
