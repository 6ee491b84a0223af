// Work for the last synchronous moment of a process or a thread: one 'exit' listener for all of it, there
// only while there is work.
export function createExitTasks(): (task: () => void) => () => void {
  const tasks = new Set<{ readonly task: () => void }>();
  const run = (): void => {
    const failures: unknown[] = [];
    for (const { task } of tasks) {
      try {
        task();
      } catch (error) {
        failures.push(error);
      }
    }
    // One that fails keeps none of the others from running.
    if (failures.length !== 0) throw failures[0];
  };
  return (task) => {
    const entry = { task };
    if (tasks.size === 0) process.on("exit", run);
    tasks.add(entry);
    return () => {
      if (tasks.delete(entry) && tasks.size === 0) process.off("exit", run);
    };
  };
}
