// Package transparency serves the same requests with and without an adapter and
// compares the raw responses: the adapter must not change a response, whatever
// middlewares are outside and inside it. The span must have the status that was
// sent.
//
// Tests of a framework pass [Compare] a function that starts their application
// on a socket, with the middlewares under test.
package transparency
