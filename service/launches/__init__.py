"""The plan of a launch: who prepares what, who is told, what must hold before and after."""
