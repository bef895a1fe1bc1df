'use strict';

const express = require('express');
const files = require('../files');
const variables = require('../variables');

module.exports = (app) => {
  const users = express.Router();
  users.get('/users/:user_id', ok);
  app.use('/mounted', users);
  app.get('/files/*path', ok);
  app.use('/static', express.static(files.directory));
  if (variables.slug) app.get('/:slug', (_req, res) => res.type('text').send('slug'));
};

function ok(_req, res) {
  res.type('text').send('ok');
}
