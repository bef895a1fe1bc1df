'use strict';

const express = require('express');
const errors = require('./errors');
const { inside } = require('./inside');

// createApp returns the service. The instrumentation is in Node's HTTP server, outside the
// app.
function createApp() {
  const app = express();
  app.use(inside);
  require('./routes/work')(app);
  require('./routes/answers')(app);
  require('./routes/write')(app);
  require('./routes/streams')(app);
  require('./routes/contexts')(app);
  require('./routes/relay')(app);
  require('./routes/routing')(app);
  require('./routes/lifecycle')(app);
  require('./routes/absent')(app);
  app.use(errors.observe, errors.answer);
  return app;
}

module.exports = { createApp };
