// Package xray registers contrib's generator of trace IDs for AWS X-Ray, which begin with
// the time in seconds. It is a separate module, so that services that do not import it do
// not link it.
//
//	import _ "github.com/samespan/samespan/core/xray"
//
// After the import, OTEL_GO_ID_GENERATOR may be xray. Without the import, the value makes
// Setup return an error that names the import. In code, pass contrib's generator to
// core.WithIDGenerator.
//
// By default, trace IDs are random. X-Ray accepts these since October 2023 if AWS' Collector
// sends them, version 0.34.0 or later, or the CloudWatch agent, version 1.300030.0 or later.
// Use the generator with earlier versions of these, or if other software reads the time from
// an ID. The header X-Amzn-Trace-Id needs no import: OTEL_PROPAGATORS=xray.
package xray
