"""Earliest deadline first as a file for STOMP."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Sorts the queue by what is left of the deadlines, and looks past tasks that do not fit."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        """Start the task that is due first of those that fit."""
        tasks.sort(key=lambda task: task.deadline - (sim_time - task.arrival_time))
        free = {server.type: server for server in reversed(self.servers) if not server.busy}
        for task in tasks:
            for server_type, _service_time in task.mean_service_time_list:
                if server_type in free:
                    server = free[server_type]
                    server.assign_task(sim_time, task)
                    tasks.remove(task)
                    return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
