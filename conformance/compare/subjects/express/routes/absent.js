'use strict';

// The routes for features that neither Express nor its instrumentation has.
module.exports = (app) => {
  for (const path of ['/background', '/batch', '/abort', '/writer']) {
    app.all(path, (_req, res) => res.sendStatus(501));
  }
};
