'use strict';

const http = require('node:http');
const express = require('express');
const { leaves } = require('../client');
const { Failure } = require('../errors');

const callTimeout = 30_000;

module.exports = (app) => {
  app.post('/relay', express.json({ type: () => true }), async (req, res) => {
    const elements = req.body;
    if (!Array.isArray(elements) || !elements.every((element) => typeof element?.url === 'string')) {
      throw new Failure(400, 'want a JSON array of {"url":…,"arguments":…}');
    }
    const left = leaves(res);
    const statuses = [];
    for (const { url, arguments: body } of elements) {
      statuses.push(await call(url, JSON.stringify(body), left).catch(() => 0));
    }
    res.status(statuses.includes(0) ? 502 : 200).json({ statuses });
  });
};

// call resolves with the status of the response. It ends early if the client disconnects.
function call(url, body, left) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.any([left, AbortSignal.timeout(callTimeout)]);
    const headers = { 'Content-Type': 'application/json' };
    const outgoing = http.request(url, { method: 'POST', headers, signal }, (incoming) => {
      incoming.resume().once('end', () => resolve(incoming.statusCode)).once('error', reject);
    });
    outgoing.once('error', reject).end(body);
  });
}
