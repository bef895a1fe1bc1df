// Package fibertest is what the tests of the adapters for Fiber's majors share:
// a client of a served app, what its spans must say, and the routes that every
// major must know.
package fibertest
