// Package fibertest is the common part of the tests of the adapters for Fiber. It contains
// a client for apps, checks of spans, and requests with the routes that they must have.
package fibertest
