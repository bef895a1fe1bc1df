'use strict';

// leaves returns a signal that is aborted when the answer has been sent or its
// client has left.
function leaves(res) {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

module.exports = { leaves };
