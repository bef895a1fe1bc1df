// Package fibertest is the common part of the tests of the adapters for Fiber:
// a client of an app, checks of its spans, and the expected routes.
package fibertest
