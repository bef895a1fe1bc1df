'use strict';

const telemetry = require('../telemetry');

// The number of concurrent calls of each method, by action. The SDK's methods cannot be
// canceled.
const actions = {
  flush: { flush: 1, shutdown: 0 },
  shutdown: { flush: 0, shutdown: 1 },
  'shutdown-cancelled': { flush: 0, shutdown: 1 },
  'eight-times': { flush: 8, shutdown: 8 },
};

module.exports = (app) => {
  app.post('/lifecycle/:action', async (req, res) => {
    const { action } = req.params;
    if (!Object.hasOwn(actions, action)) return res.status(400).json({ shutdown: [], flush: [] });
    const [shutdown, flush] = await Promise.all([
      times(actions[action].shutdown, telemetry.shutdown),
      times(actions[action].flush, telemetry.flush),
    ]);
    res.json({ shutdown, flush });
  });
};

// times calls end n times concurrently and resolves with the texts of the errors.
function times(n, end) {
  return Promise.all(Array.from({ length: n }, () => end().then(() => '', String)));
}
