// Package conformance checks whether the OpenTelemetry instrumentation of an HTTP server
// is correct. It uses only HTTP and OTLP, so the service under test may use any
// framework, version and language. CHECKS.md lists the checks, each with its rule and the
// source of the rule.
//
// # Testing your own stack
//
// The package reference has the handlers of the service that CONTRACT.md specifies.
// Register them with your framework, configured as in your own services; this takes about
// a page of code. conformance/compare/examples has such pages for net/http, Gin, Echo and
// Fiber. Then write one test, which runs a subtest for each check:
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
// Several such services run at the same time, with different variables. If your service
// uses global providers, such as OpenTelemetry's globals, run it as a separate program
// with [Command], or pass the providers to the instrumentation.
//
// To check a program in any language, use [Command] in place of [InProcess]. The subject
// can then have the capability [Process], and receives signals. [WithChecks] selects
// checks, such as "exclude/*".
//
// A failing check prints the values it got and wanted, its rule and the source of the
// rule. If you cannot fix a failure now, declare it as a known failure with a reason. The
// check still runs, and fails once the rule is satisfied, so that the list stays current.
// A check that needs a capability that the subject does not declare is not applicable.
//
// # Packages
//
// This package is the API: subjects, checks, options and reports. The checks are in
// internal/check, one package for each area. They use internal/probe. internal/service
// starts and stops a subject, internal/runner selects the service for each check,
// internal/contract has the names that CONTRACT.md defines, internal/wire speaks HTTP,
// and internal/poll waits. TestPackagesImportOneWay lists what each package may import.
//
// The package imports no framework, no OpenTelemetry and no assertion library. Its module
// requires the oldest versions of gRPC, protobuf and the OTLP protos with which it works;
// README.md lists the effect on your versions. [Run] returns a [Report] instead of
// failing a test. The package otlptest receives what services export, and is also useful
// in your own tests.
package conformance

//go:generate go test -run TestCatalogueIsCurrent -update .
