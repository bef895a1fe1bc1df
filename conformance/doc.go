// Package conformance checks whether the OpenTelemetry instrumentation of an
// HTTP server is correct. It uses only HTTP and OTLP, so the service under test
// may use any framework, version and language. CHECKS.md lists the checks, each
// with its rule and the source of the rule.
//
// # Testing your own stack
//
// The package reference has the handlers of the service that CONTRACT.md
// specifies: register them with your framework, wired as your services are,
// which takes a page. conformance/compare/examples has that page for net/http,
// Gin, Echo and Fiber. Then one test judges it, with a subtest for each check:
//
//	func TestInstrumentation(t *testing.T) {
//		conformance.Test(t, t.Run, conformance.Subject{
//			Name:     "orders",
//			Starter:  conformance.InProcess(serve),
//			Has:      []conformance.Capability{conformance.Exclusion, conformance.Metrics},
//			Template: reference.GinTemplate, // how the framework writes routes
//			KnownFailures: map[string]string{
//				"span/query": "redacted in the collector",
//			},
//		})
//	}
//
//	// serve runs the service until ctx ends and flushes. It reads its
//	// configuration, OTEL_*, before it calls ready, and logs to Output(ctx).
//	func serve(ctx context.Context, addr string, ready func()) error {
//		...
//		return reference.Serve(ctx, addr, router, ready)
//	}
//
// Several such services run at the same time, with different variables. If your
// service uses global providers, such as OpenTelemetry's globals, run it as a
// separate program with [Command], or pass the providers to the
// instrumentation.
//
// [Command] instead of [InProcess] starts a program, in any language. Such a
// subject can have the capability [Process], and then receives signals.
// [WithChecks] selects checks, such as "exclude/*".
//
// A check that fails prints what it got and wanted, its rule and its source.
// Declare what you cannot fix now as a known failure with a reason: the check
// still runs, and fails once it passes, so that the list stays current. A check
// that needs a capability that the subject does not declare is not applicable.
//
// # Packages
//
// This package is the face: what is judged, by what, and what was found. The
// checks are in internal/check, an area a package; internal/probe is what they
// work with, internal/service starts and ends a subject, internal/runner
// chooses the service of each check, internal/contract has the names that
// CONTRACT.md fixes, internal/wire speaks HTTP, and internal/poll waits.
// TestRoomsImportOneWay has what each may import.
//
// The package imports no framework, no OpenTelemetry and no assertion library,
// and its module requires the oldest gRPC, protobuf and OTLP protos with which
// it works; README.md has what moves. [Run] returns a [Report] in place of
// failing a test. The package otlptest, which receives what services export,
// serves tests of your own as well.
package conformance

//go:generate go test -run TestCatalogue -update .
