// Package fibertest is the common part of the tests of the adapters for Fiber. It has a
// client of an app, checks of the app's spans, and the expected routes.
package fibertest
