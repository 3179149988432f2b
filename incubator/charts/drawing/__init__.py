"""The drawing of each chart, in a module of the chart's name; imported only when it is drawn."""
