// Package trust has the checks of the area "trust": what an untrusted client can
// influence. It imports the packages that every area may import: check, contract, probe,
// wire and otlptest.
package trust
