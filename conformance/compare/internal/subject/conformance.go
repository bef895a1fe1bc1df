package subject

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/core"
)

// Conformance is the subject as the suite judges it, in this process.
func (s Subject) Conformance() conformance.Subject {
	subject := s.declared()
	subject.Starter = conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
		if s.Official {
			return s.Run(ctx, addr, "", ready)
		}
		log := slog.New(slog.NewTextHandler(conformance.Output(ctx), nil))
		// Checks run at the same time, each with a service of its own.
		return s.Run(ctx, addr, "", ready, core.WithLogger(log), core.WithoutGlobals())
	})
	return subject
}

// Command is the subject as the suite judges it, in a process of its own: the
// running program's command serve, which only the program compare has.
func (s Subject) Command() (conformance.Subject, error) {
	program, err := os.Executable()
	if err != nil {
		return conformance.Subject{}, fmt.Errorf("%s: the program to start: %w", s.Name, err)
	}
	subject := s.declared()
	subject.Starter = conformance.Command(program, "serve", s.Name)
	subject.Has = append(subject.Has, conformance.Process)
	return subject, nil
}

// declared is what the suite is told about the subject, without a Starter.
func (s Subject) declared() conformance.Subject {
	return conformance.Subject{
		Name:      s.Name,
		Framework: s.Framework, FrameworkVersion: s.Version,
		Instrumentation: s.scope(), InstrumentationVersion: s.InstrumentationVersion,
		Template:           s.Template,
		ExcludeVariable:    "OTEL_GO_EXCLUDED_URLS",
		OwnExcludeVariable: "OTEL_GO_" + strings.ToUpper(strings.ReplaceAll(s.Framework, "/", "")) + "_EXCLUDED_URLS",
		Has:                s.capabilities(),
	}
}
