// Package transparency serves the same requests with and without an adapter and compares
// the raw responses. The adapter must not change a response, with any combination of
// middlewares outside and inside it. The span must have the status that was sent.
//
// A test of a framework passes [Compare] a function that starts an application of that
// framework on a socket, with the middlewares under test.
package transparency
