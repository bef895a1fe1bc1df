package main

import (
	"context"
	"io"
)

func (c consumer) sizes(ctx context.Context, out io.Writer, t tutorial, readme string) error {
	return nil
}
