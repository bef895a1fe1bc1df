package subject

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
)

// Conformance returns the subject for the suite, with a service that runs in this
// process.
func (s Subject) Conformance() conformance.Subject {
	subject := s.declaration()
	subject.Starter = conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
		if s.Official {
			return s.Run(ctx, addr, "", ready)
		}
		log := slog.New(slog.NewTextHandler(conformance.Output(ctx), nil))
		// Without globals, since checks run concurrently, each with its own service.
		return s.Run(ctx, addr, "", ready, core.WithLogger(log), core.WithoutGlobals())
	})
	return subject
}

// Command returns the subject for the suite, with a service that runs in a separate
// process. The service is started with the command serve of the running program, which
// must be compare.
func (s Subject) Command() (conformance.Subject, error) {
	name, args, err := s.command()
	if err != nil {
		return conformance.Subject{}, fmt.Errorf("%s: find the path of this program: %w", s.Name, err)
	}
	subject := s.declaration()
	subject.Starter = conformance.Command(name, args...)
	subject.Has = append(slices.Clone(subject.Has), conformance.Process)
	return subject, nil
}

// command returns the command that runs the subject.
func (s Subject) command() (name string, args []string, err error) {
	if s.Program != nil {
		return s.Program.Command(context.Background())
	}
	name, err = os.Executable()
	return name, []string{"serve", s.Name}, err
}

// declaration returns what the subject declares to the suite, without a Starter.
func (s Subject) declaration() conformance.Subject {
	return conformance.Subject{
		Name:      s.Name,
		Framework: s.Framework, FrameworkVersion: s.Version,
		Instrumentation: s.scopeName(), InstrumentationVersion: s.InstrumentationVersion,
		Template:           s.Template,
		ExcludeVariable:    "OTEL_GO_EXCLUDED_URLS",
		OwnExcludeVariable: s.frameworkExcludeVariable(),
		Has:                s.capabilities(),
		KnownFailures:      s.KnownFailures,
	}
}

// frameworkExcludeVariable returns the exclusion variable of the framework, such as
// OTEL_GO_GIN_EXCLUDED_URLS. Routers based on net/http have the variable of net/http.
func (s Subject) frameworkExcludeVariable() string {
	framework := s.Framework
	if s.isNetHTTP() {
		framework = "net/http"
	}
	return "OTEL_GO_" + strings.ToUpper(strings.ReplaceAll(framework, "/", "")) + "_EXCLUDED_URLS"
}

// isNetHTTP reports whether the handlers are net/http handlers, with any router.
func (s Subject) isNetHTTP() bool {
	return slices.Contains([]string{"net/http", chiName, muxName}, s.Framework)
}
