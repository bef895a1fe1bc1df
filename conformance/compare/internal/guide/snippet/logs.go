package snippet

import (
	"context"
	"log/slog"
	"os"

	"github.com/samespan/samespan/core"
)

// Logs makes slog export each record and print it as JSON.
func Logs(ctx context.Context, tel *core.Telemetry) {
	slog.SetDefault(slog.New(tel.LogHandler("orders", slog.NewJSONHandler(os.Stdout, nil))))
	slog.InfoContext(ctx, "order placed", "order", 17)
}
