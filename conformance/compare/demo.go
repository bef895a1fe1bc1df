package main

import (
	"context"
	"fmt"
	"io"

	"github.com/samespan/samespan/conformance/compare/internal/demo"
)

// runDemo runs the command demo.
func runDemo(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("demo: got the arguments %q, want none", args)
	}
	return demo.Run(ctx, out)
}
