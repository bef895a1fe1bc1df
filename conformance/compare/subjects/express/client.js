'use strict';

// leaves returns a signal that is aborted when the response was sent or the client has
// disconnected.
function leaves(res) {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

module.exports = { leaves };
