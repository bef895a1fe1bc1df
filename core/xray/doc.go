// Package xray registers contrib's generator of trace IDs for AWS X-Ray, which
// begin with the time in seconds. It is a separate module, so that services that
// do not import it do not link it.
//
//	import _ "github.com/samespan/samespan/core/xray"
//
// Then OTEL_GO_ID_GENERATOR may be xray. Without the import, the value makes
// Setup return an error that names it. In code, pass contrib's generator to
// core.WithIDGenerator.
//
// Since October 2023 X-Ray accepts random IDs, the default, too, from version
// 0.34.0 of AWS' Collector or 1.300030.0 of the CloudWatch agent. The generator is
// for earlier ones, and for what reads the time from an ID. The header
// X-Amzn-Trace-Id needs no import: OTEL_PROPAGATORS=xray.
package xray
