// Package exclude has the checks of the area "exclude": nothing is recorded for an excluded
// request, and all other requests are recorded. It imports the packages that every area may
// import: check, contract, probe, wire and otlptest.
package exclude
